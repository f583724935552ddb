"""`python -m customer_stack.fx.simulators.currencycloud --port N`: dollars for rupees, as a provider would quote them."""

from customer_stack.fx.simulators import serving
from customer_stack.fx.simulators.currencycloud import server

if __name__ == "__main__":
    serving.main(server.Server({"USDLKR": ("300.10", "301.20")}), "currencycloud")
