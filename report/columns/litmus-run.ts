import { beginDriverCall } from '../../litmus/driver-calls.js'
import type { Litmus } from '../../litmus/litmus.js'
import type { Taken } from '../../litmus/run.js'
import { force, step } from '../../model/actions/step.js'
import { StepRecorder } from '../../search/step-effects.js'
import type { ColumnActor } from './actor.js'
import { columns } from './columns.js'

/** A run of a litmus test in columns, under the names that its file gives them. */
export function litmusColumns({ product, threads: written }: Litmus, whole: readonly Taken[]): string {
  const { machine, state } = product
  const run = whole.filter(({ how }) => how !== 'await')
  const take = ({ code, how }: Taken): number => {
    if (how === 'raw') return force(machine, state, code)
    if (how === 'environment') return step(machine, state, code)
    beginDriverCall(machine, state, { code, how })
    return 0
  }
  const nameOf = ({ role, index }: ColumnActor): string | undefined =>
    written.find(({ actor }) => (role === 'vcpu' ? actor.vcpu === index : role === 'device' && isDevice(actor, index)))
      ?.actor.name
  product.writeInitialState()
  const recorder = new StepRecorder(machine, state)
  const steps = run.map((taken) => recorder.record(taken.code, () => take(taken)))
  return columns(steps, machine.scope, undefined, nameOf)
}

const isDevice = ({ role, index }: Litmus['threads'][number]['actor'], device: number): boolean =>
  role === 'D' && index === device
