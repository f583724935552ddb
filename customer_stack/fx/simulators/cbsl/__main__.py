"""`python -m customer_stack.fx.simulators.cbsl --port N`: what a dollar was in rupees this morning."""

from customer_stack.fx.simulators import serving
from customer_stack.fx.simulators.cbsl import server

if __name__ == "__main__":
    serving.main(server.Server({"USDLKR": ("297.5021", "304.4986")}), "cbsl")
