"""The pages, the workbook and the sound behind them."""
