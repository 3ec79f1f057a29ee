import type { Redis } from 'ioredis'
import { ok, type Result, refuse } from '../../base/result.js'
import { complain, type Io } from '../terminal/io.js'
import { peerVersion } from '../version.js'

/** The queues' own library, and a connection to the server that has them. */
export interface Engine {
  readonly bullmq: typeof import('bullmq')
  readonly redis: Redis
}

const peers = ['bullmq', 'ioredis'] as const

/** Connects to a server. The packages for it are loaded here alone: who has no campaign does not install them. */
export async function connect(io: Io, url: string): Promise<Result<Engine>> {
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
    await redis.connect()
    isConnected = true
    return ok({ bullmq, redis })
  } catch {
    redis.disconnect()
    return refuse(
      `no Redis at ${withoutPassword(url)}: ${problem}; start one (redis-server or valkey-server), or name it: --redis`,
    )
  }
}

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
