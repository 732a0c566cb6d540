"""What the business means: orders, money, events, commands. Imports nothing of AWS or HTTP."""
