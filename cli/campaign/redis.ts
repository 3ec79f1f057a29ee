import type { Redis } from 'ioredis'
import { reasonOf } from '../../base/folder.js'
import { ok, type Result, refuse } from '../../base/result.js'
import { complain, type Io } from '../terminal/io.js'
import { peerVersion } from '../version.js'

/** The queues' own library, and a connection to the server that has them. */
export interface Engine {
  readonly bullmq: typeof import('bullmq')
  readonly redis: Redis
}

const peers = ['bullmq', 'ioredis'] as const

/** Milliseconds in which a server has to answer the first time. */
const answerWithin = 10_000

/**
 * Connects to a server. The packages for it are loaded here alone: who has no campaign does not install them.
 *
 * @param limit milliseconds in which the server has to answer
 */
export async function connect(io: Io, url: string, limit = answerWithin): Promise<Result<Engine>> {
  const loaded = await load()
  if (!loaded.ok) return loaded
  const { bullmq, Redis: Client } = loaded.value
  // null: a command waits for a server that starts again, instead of failing
  const redis = new Client(url, { maxRetriesPerRequest: null, lazyConnect: true })
  let isConnected = false
  let problem = ''
  redis.on('error', (error: Error) => {
    if (problem === '' && isConnected)
      complain(io, `Redis at ${withoutPassword(url)} does not answer (${error.message}); waiting for it`)
    problem = error.message
  })
  redis.on('ready', () => {
    problem = ''
  })
  try {
    await connectWithin(redis, limit)
    isConnected = true
    return ok({ bullmq, redis })
  } catch (error) {
    redis.disconnect()
    const why = problem === '' ? reasonOf(error) : problem
    return refuse(`no Redis at ${withoutPassword(url)}: ${why}; ${remedyFor(why)}`)
  }
}

/** Connects. What listens there may be no Redis, and say nothing. */
async function connectWithin(redis: Redis, limit: number): Promise<void> {
  let isSilent = false
  const silence = setTimeout(() => {
    isSilent = true
    redis.disconnect()
  }, limit)
  try {
    await redis.connect()
  } catch (error) {
    throw isSilent ? new Error(`it does not answer in ${limit / 1000} seconds`) : error
  } finally {
    clearTimeout(silence)
  }
}

const remedyFor = (problem: string): string =>
  /^(NOAUTH|WRONGPASS)/.test(problem)
    ? 'name its password: --redis redis://:PASSWORD@HOST:PORT, or in DMAPROOF_REDIS'
    : 'start one (redis-server or valkey-server), or name it: --redis'

interface Packages {
  readonly bullmq: typeof import('bullmq')
  readonly Redis: typeof Redis
}

async function load(): Promise<Result<Packages>> {
  try {
    const bullmq = await import('bullmq')
    return ok({ bullmq, Redis: (await import('ioredis')).Redis })
  } catch (error) {
    if (!peers.some((name) => String(error).includes(`Cannot find package '${name}'`))) throw error
    const words = peers.map((name) => `${name}@${peerVersion(name)}`).join(' ')
    return refuse(`dmaproof campaign needs the packages ${peers.join(' and ')}; install them: npm i ${words}`)
  }
}

/** A URL as it may be printed. */
export function withoutPassword(url: string): string {
  const shown = new URL(url)
  if (shown.password !== '') shown.password = '***'
  return shown.href
}
