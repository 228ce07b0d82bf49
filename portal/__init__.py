"""How people and programs reach it: CLI, later web and API."""
