"""What the papers say: reading, passages, index, retrieval, answers."""
