"""What people and machines read after a run; made of journals and nothing else."""
