"""`python -m customer_stack.fx.simulators.ecb --port N`: what a euro was in dollars and pounds."""

from customer_stack.fx.simulators import serving
from customer_stack.fx.simulators.ecb import server

if __name__ == "__main__":
    serving.main(server.Server({"EURUSD": ("1.0867", "1.0867"), "EURGBP": ("0.8355", "0.8355")}), "ecb")
