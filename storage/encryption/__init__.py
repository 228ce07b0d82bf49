"""How stored bytes are kept secret: container, keys, private fields."""
