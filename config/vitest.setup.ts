import fc from 'fast-check'

fc.configureGlobal({
  seed: Number(process.env.DMAPROOF_SEED),
  // GitHub annotates the first stack frame inside the repository. Without this, a predicate of `test.prop` that throws
  // has none: its own stack is only in the error's cause.
  includeErrorInReport: true,
})
