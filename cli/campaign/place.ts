import { ok, type Result, refuse } from '../../base/result.js'
import { type CellPlan, sha256 } from '../../search/cells/cell.js'
import { planText } from '../../search/cells/results.js'

/** The server, unless told. */
const defaultUrl = 'redis://127.0.0.1:6379'

/** Where a campaign is: the server that has its queues, and the folder that has its results, or its number alone. */
export interface CampaignPlace {
  readonly url: string
  readonly folder?: string
  readonly id?: string
}

/** The number of a campaign: equal plans are one campaign. */
export const campaignId = (plan: CellPlan): string => sha256(planText(plan)).slice(0, 12)

/** `redis://host:6379#0123456789ab` */
export const addressOf = (url: string, id: string): string => `${url.replace(/#.*$/, '')}#${id}`

/** Reads `FOLDER|URL`. @param redis the server of a folder, as --redis or DMAPROOF_REDIS says */
export function campaignPlaceOf(text: string, redis = process.env.DMAPROOF_REDIS): Result<CampaignPlace> {
  const isUrl = /^[a-z]+:\/\//.test(text)
  const given = isUrl ? text : (redis ?? defaultUrl)
  if (!/^rediss?:\/\//.test(given) || !URL.canParse(given))
    return refuse(`${given}: expected the URL of a Redis server, as in ${defaultUrl}`)
  if (!isUrl) return ok({ url: given, folder: text })
  if (redis !== undefined && redis !== process.env.DMAPROOF_REDIS)
    return refuse(`--redis ${redis}: no effect with ${text}, which names the server; leave out one of the two`)
  const { hash } = new URL(text)
  const id = hash.slice(1)
  return ok({ url: text.replace(/#.*$/, ''), ...(id === '' ? {} : { id }) })
}
