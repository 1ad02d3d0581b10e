"""What the findings mean: knowledge base, classifier, classification schemes, disagreements."""
