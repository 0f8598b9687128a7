"""What should an order line earn, and when? The expected schedule, computed here and compared with NetSuite's plans."""
