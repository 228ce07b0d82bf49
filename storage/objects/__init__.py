"""Where encrypted bytes lie: one small port, a local directory, memory."""
