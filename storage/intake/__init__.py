"""What a file must be before it is kept: type, size, structure, no active content."""
