/** The longest time limit, in seconds: what a timer can hold. */
export const maxSeconds = 1e6
