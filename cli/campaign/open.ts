import { ok, type Result, refuse } from '../../base/result.js'
import type { CellPlan } from '../../search/cells/cell.js'
import { readResults } from '../../search/cells/results.js'
import type { Io } from '../terminal/io.js'
import { type CampaignPlace, campaignId, campaignPlaceOf } from './place.js'
import { campaignsOf, descriptionOf } from './queues.js'
import { connect, type Engine, withoutPassword } from './redis.js'

/** A campaign that was started. */
export interface OpenedCampaign {
  readonly engine: Engine
  readonly place: CampaignPlace
  readonly id: string
  readonly plan: CellPlan
  /** The command line that is divided; undefined if the server has lost it. */
  readonly words: readonly string[] | undefined
}

/** Finds a campaign by its folder or its server. The caller ends `engine`. */
export async function openCampaign(io: Io, text: string, redis: string | undefined): Promise<Result<OpenedCampaign>> {
  const place = campaignPlaceOf(text, redis)
  if (!place.ok) return place
  const { url, folder } = place.value
  const read = folder === undefined ? undefined : readResults(folder, '')
  if (read?.ok === false) return read
  const engine = await connect(io, url)
  if (!engine.ok) return engine
  const found = await findIn(engine.value, place.value, read?.value.plan)
  if (found.ok) return ok({ engine: engine.value, place: place.value, ...found.value })
  engine.value.redis.disconnect()
  return found
}

async function findIn(
  engine: Engine,
  place: CampaignPlace,
  known: CellPlan | undefined,
): Promise<Result<Pick<OpenedCampaign, 'id' | 'plan' | 'words'>>> {
  const id = known === undefined ? await idAt(engine, place) : ok(campaignId(known))
  if (!id.ok) return id
  const found = await descriptionOf(engine, id.value)
  if (!found.ok) return found
  const plan = known ?? found.value?.plan
  if (plan !== undefined) return ok({ id: id.value, plan, words: found.value?.words })
  return refuse(`Redis at ${withoutPassword(place.url)} has no campaign ${id.value}; start it again, or name another`)
}

/** The number that the URL names, or that of the only campaign of the server. */
async function idAt(engine: Engine, { url, id }: CampaignPlace): Promise<Result<string>> {
  if (id !== undefined) return ok(id)
  const [only, ...more] = await campaignsOf(engine)
  const shown = withoutPassword(url)
  if (only === undefined) return refuse(`Redis at ${shown} has no campaign; expected one, by dmaproof campaign start`)
  if (more.length === 0) return ok(only)
  return refuse(`Redis at ${shown} has the campaigns ${[only, ...more].join(', ')}; name one, as in ${shown}#${only}`)
}
