"""The daily file of euro reference rates.

https://www.ecb.europa.eu/stats/eurofxref/eurofxref-daily.xml
"""

from datetime import timedelta

from aiohttp import web

from customer_stack.fx.simulators import serving

_FILE = """<?xml version="1.0" encoding="UTF-8"?>
<gesmes:Envelope xmlns:gesmes="http://www.gesmes.org/xml/2002-08-01" \
xmlns="http://www.ecb.int/vocabulary/2002-08-01/eurofxref">
\t<gesmes:subject>Reference rates</gesmes:subject>
\t<gesmes:Sender>
\t\t<gesmes:name>European Central Bank</gesmes:name>
\t</gesmes:Sender>
\t<Cube>
\t\t<Cube time='{day}'>
{rows}
\t\t</Cube>
\t</Cube>
</gesmes:Envelope>"""


class Server(serving.Vendor):
    """`rates` of pairs that begin with EUR; the file has one number for each, their bid."""

    def routes(self, app: web.Application) -> None:
        app.router.add_get("/stats/eurofxref/eurofxref-daily.xml", self._daily)

    async def _daily(self, _request: web.Request) -> web.Response:
        day = self.time.now() - timedelta(days=400 if self._fault is serving.Fault.STALE else 1)
        rows = "\n".join(
            f"\t\t\t<Cube currency='{code[3:]}' rate='{bid}'/>" for code, (bid, _) in sorted(self.rates.items())
        )
        return web.Response(text=_FILE.format(day=day.date(), rows=rows), content_type="text/xml")
