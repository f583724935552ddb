"""`python -m customer_stack.fx.simulators.openpayd --port N`: dollars for rupees, between two accounts."""

from customer_stack.fx.simulators import serving
from customer_stack.fx.simulators.openpayd import server

if __name__ == "__main__":
    serving.main(server.Server({"USDLKR": ("300.00", "301.50")}), "openpayd")
