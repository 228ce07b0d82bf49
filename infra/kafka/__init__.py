"""Apache Kafka: where the journal is published, and read again to compare."""
