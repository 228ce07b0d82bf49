"""Real records cut to facts: procedures and arrivals."""
