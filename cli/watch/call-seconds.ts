/** Seconds that a function of the user's may take, unless told. */
const defaultSeconds = 30

/** Seconds that a function of the user's may take: DMAPROOF_CALL_TIME; 0 for no bound. */
export function callSeconds(env: Readonly<Record<string, string | undefined>>): number {
  const asked = Number(env.DMAPROOF_CALL_TIME || defaultSeconds)
  return Number.isFinite(asked) && asked >= 0 ? asked : defaultSeconds
}
