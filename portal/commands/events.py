"""`nambuoc events …`: the log as others read it; `events_*.py` beside add the verbs."""

from portal.verbs import noun

app = noun("sự kiện: lược đồ, Kafka, xuất", "the log as others read it")
