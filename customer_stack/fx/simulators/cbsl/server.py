"""The page of results that the form of buying and selling rates leads to: a heading and a table for each currency.

https://www.cbsl.gov.lk/cbsl_custom/exratestt/exratestt.php
"""

from datetime import date, timedelta

from aiohttp import web

from customer_stack.fx.simulators import serving

_PAGE = """<!DOCTYPE html>
<html><head><title>Exchange Rates</title></head><body>
<h2> Daily Exchange Rates </h2>
{tables}
</body></html>"""
_TABLE = """<h2 id="LOOKUPS_{code}"> {name} </h2>
<table class="rates"><thead><tr><th>Date</th><th>Buy Rate (LKR)</th><th>Sell Rate (LKR)</th></tr></thead>
<tbody>
{rows}
</tbody></table>"""
_ROW = "<tr><td> {day} </td><td> {buying} </td><td> {selling} </td></tr>"
_OLD = timedelta(days=400)


class Server(serving.Vendor):
    """Publishes each day of the asked span but Saturdays and Sundays; and today's only after half past nine there."""

    def routes(self, app: web.Application) -> None:
        app.router.add_post("/cbsl_custom/exratestt/exrates_resultstt.php", self._results)

    async def _results(self, request: web.Request) -> web.Response:
        form = await request.post()
        if form.get("submit_button") != "Submit":
            return web.Response(text=_PAGE.format(tables="<p>0 results</p>"), content_type="text/html")
        start, end = (date.fromisoformat(str(form[name])) for name in ("txtStart", "txtEnd"))
        morning = self.time.now() + timedelta(hours=5, minutes=30) - timedelta(hours=9, minutes=30)
        end = min(end, morning.date())
        if self._fault is serving.Fault.STALE:
            start, end = start - _OLD, end - _OLD
        days = [start + timedelta(days=n) for n in range((end - start).days + 1)]
        tables = []
        for chosen in form.getall("chk_cur[]"):
            code, _, name = str(chosen).partition("~")
            if f"{code}LKR" in self.rates:
                bid, ask = self.shown(f"{code}LKR")
                rows = "\n".join(_ROW.format(day=day, buying=bid, selling=ask) for day in days if day.weekday() < 5)
                tables.append(_TABLE.format(code=code, name=name, rows=rows))
        return web.Response(text=_PAGE.format(tables="\n".join(tables)), content_type="text/html")
