import type { CampaignStatus } from '../../search/cells/campaign-status.js'

/** What `campaign status --json` prints. */
export const campaignJson = (status: CampaignStatus): string => `${JSON.stringify(status, null, 1)}\n`
