"""What is said: acknowledgements and digests, in the words of the office's templates."""
