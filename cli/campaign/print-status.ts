import { campaignJson } from '../../report/json/campaign-status.js'
import { campaignText } from '../../report/text/campaign.js'
import { Status } from '../exit-status.js'
import { complainOf, type Io } from '../terminal/io.js'
import { report } from '../terminal/report.js'
import { type OpenedCampaign, openCampaign } from './open.js'
import { Queues } from './queues.js'
import { exitStatusOf, statusOfCampaign } from './status.js'

/** @returns the exit status */
export async function printStatus(
  io: Io,
  text: string,
  { redis, json }: { readonly redis?: string; readonly json?: boolean },
): Promise<number> {
  const opened = await openCampaign(io, text, redis)
  if (!opened.ok) {
    complainOf(io, opened.problem)
    return Status.BadInput
  }
  const status = await statusNow(opened.value)
  opened.value.engine.redis.disconnect()
  if (json === true) io.out(campaignJson(status))
  else report(io, campaignText(status))
  return exitStatusOf(status)
}

export async function statusNow({ engine, id, plan, words = [], place }: OpenedCampaign) {
  const queues = new Queues(engine, id, plan.cells, words)
  const status = await statusOfCampaign(plan, queues, place.folder)
  await queues.close()
  return status
}
