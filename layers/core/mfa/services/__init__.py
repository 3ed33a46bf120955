"""The use cases: load, decide, save. They know the ports, never what stands behind them."""
