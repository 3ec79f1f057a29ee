#!/bin/sh
#SBATCH --job-name=dmaproof
#SBATCH --array=1-16
#SBATCH --cpus-per-task=2
#SBATCH --mem=8G
#SBATCH --requeue
# Start it by: sbatch slurm.sh; and when the array is over: npx dmaproof merge results/*
# A task that is requeued searches only what it has no result of.
exec npx dmaproof compare --jobs 2 --time 1800 --memory 6G \
  --shard "$SLURM_ARRAY_TASK_ID/16" --results "results/$SLURM_ARRAY_TASK_ID"
