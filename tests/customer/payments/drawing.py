"""What hypothesis draws payments from. Names and texts are in several scripts; none is anybody's."""

from datetime import UTC, date, datetime, timedelta

from hypothesis import strategies as st

from customer_stack.payments.model.messages import Address, Agent, Initiation, Instruction, Party

NAMES = st.text(
    st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Co", "Cn", "Zl", "Zp")), min_size=1, max_size=70
).filter(lambda text: text.strip() == text)
IDS = st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdef0123456789/-?:().,'+", min_size=1, max_size=35)
IBANS = st.sampled_from(["DE89370400440532013000", "FR1420041010050500013M02606", "NO9386011117947"])
AGENTS = st.one_of(
    st.just(Agent()),
    st.builds(Agent, bic=st.sampled_from(["DEUTDEFF", "BNPAFRPPXXX"])),
    st.builds(Agent, clearing=st.just("USABA"), member=st.just("021000021")),
)
TEXTS = st.text("abcdefghij KLMNO0123456789&<>'\"", max_size=35).map(str.strip)
ADDRESSES = st.none() | st.builds(
    Address,
    country=st.sampled_from(["DE", "LK", "US"]),
    town=st.sampled_from(["Colombo", "Köln"]),
    street=TEXTS,
    building=st.sampled_from(["", "12a"]),
    post_code=st.sampled_from(["", "00100"]),
)
PARTIES = st.one_of(
    st.builds(Party, name=NAMES, iban=IBANS, agent=AGENTS, address=ADDRESSES),
    st.builds(Party, name=NAMES, account=IDS.filter(lambda text: len(text) < 35), agent=AGENTS, address=ADDRESSES),
)
INSTRUCTIONS = st.builds(
    Instruction,
    id=IDS,
    currency=st.sampled_from(["EUR", "USD", "LKR", "JPY", "KWD"]),
    minor=st.integers(1, 10**13),
    creditor=PARTIES,
    remittance=TEXTS,
    instruction=st.just("") | IDS,
)
MOMENTS = st.integers(0, 10**9).map(lambda seconds: datetime(2020, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds))
INITIATIONS = st.builds(
    Initiation,
    id=IDS,
    created_at=MOMENTS,
    execute_on=st.dates(date(2020, 1, 1), date(2040, 1, 1)),
    debtor=PARTIES,
    instructions=st.lists(INSTRUCTIONS, min_size=1, max_size=4, unique_by=lambda each: each.id).map(tuple),
    service=st.sampled_from(["", "SEPA", "URGP"]),
    local=st.sampled_from(["", "INST"]),
    charges=st.sampled_from(["SLEV", "SHAR", "DEBT"]),
)
