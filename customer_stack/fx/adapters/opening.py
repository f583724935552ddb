"""Foreign exchange as the settings describe it: terms, key, feeds, providers."""

from collections.abc import Mapping

from boundary.kernel import clock, ids
from boundary.kernel.runtime import key_files
from boundary.kernel.runtime import settings as kernel_settings
from customer_stack import settings
from customer_stack.fx import ports
from customer_stack.fx.adapters import cbsl, currencycloud, ecb, files, http, openpayd
from customer_stack.fx.model import policy
from customer_stack.fx.service import hedging, house, quotes


def desk(config: settings.Settings, random: ids.Ids) -> quotes.Desk:
    """What the API quotes and converts with. Clearance is handed in by the route that moves money."""
    seed = None if config.fx_quote_key is None else key_files.read(config.fx_quote_key)
    return quotes.Desk(files.read(config.fx_policy), seed, house.House(), None, random)


def providers(config: settings.Settings, time: clock.Clock) -> Mapping[str, ports.Provider]:
    """Those whose address and credentials the settings name."""
    found: dict[str, ports.Provider] = {}
    if config.fx_currencycloud_url is not None:
        where = http.address("CUSTOMER_FX_CURRENCYCLOUD_URL", config.fx_currencycloud_url.reveal(), login=True)
        found[currencycloud.NAME] = currencycloud.Currencycloud(where, time)
    if config.fx_openpayd_url is not None:
        where = http.address("CUSTOMER_FX_OPENPAYD_URL", config.fx_openpayd_url.reveal(), login=True)
        found[openpayd.NAME] = openpayd.OpenPayd(where, time)
    return found


def feeds(config: settings.Settings, time: clock.Clock) -> Mapping[str, ports.Feed]:
    """Every source of rates that the settings name; what a provider quotes is one."""
    found: dict[str, ports.Feed] = {}
    if config.fx_currencycloud_url is not None:
        where = http.address("CUSTOMER_FX_CURRENCYCLOUD_URL", config.fx_currencycloud_url.reveal(), login=True)
        found[currencycloud.NAME] = currencycloud.Currencycloud(where, time)
    if config.fx_openpayd_url is not None:
        where = http.address("CUSTOMER_FX_OPENPAYD_URL", config.fx_openpayd_url.reveal(), login=True)
        found[openpayd.NAME] = openpayd.OpenPayd(where, time)
    if config.fx_cbsl_url is not None:
        found[cbsl.NAME] = cbsl.CentralBank(http.address("CUSTOMER_FX_CBSL_URL", config.fx_cbsl_url, login=False), time)
    if config.fx_ecb_url is not None:
        found[ecb.NAME] = ecb.EuroReference(http.address("CUSTOMER_FX_ECB_URL", config.fx_ecb_url, login=False), time)
    return found


def listening(config: settings.Settings) -> tuple[policy.Policy, Mapping[str, ports.Feed]]:
    """Terms and sources for a command that hears once."""
    return files.read(config.fx_policy), feeds(config, clock.SystemClock())


def hedger(config: settings.Settings, time: clock.Clock, random: ids.Ids) -> hedging.Hedger:
    """What the worker evens positions with; without a chosen provider, nothing is evened."""
    known = providers(config, time)
    if config.fx_hedging is not None and config.fx_hedging not in known:
        raise kernel_settings.SettingsError("CUSTOMER_FX_HEDGING names no provider that has an address here")
    return hedging.Hedger(files.read(config.fx_policy), known, config.fx_hedging, house.House(), random)
