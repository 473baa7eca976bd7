"""What bench/gpu.sh measures: parts that are processes, each by itself, and tables of what they found."""
