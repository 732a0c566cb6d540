"""The ledger, the inbox, the bus and the connections, as AWS services."""
