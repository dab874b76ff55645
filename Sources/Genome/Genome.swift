// Genome
