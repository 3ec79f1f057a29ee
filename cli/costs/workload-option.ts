import { InvalidArgumentError } from 'commander'
import type { Workload } from '../../cost/workload.js'
import { findWorkload, workloads } from '../../cost/workloads.js'

/** Parser for commander: a workload by its name. @throws InvalidArgumentError if there is none such */
export function workload(name: string): Workload {
  const found = findWorkload(name)
  if (found !== undefined) return found
  throw new InvalidArgumentError(`Found "${name}", expected ${workloads.map((one) => one.name).join(', ')}.`)
}
