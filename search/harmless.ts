import { type Design, findDesign } from '../designs/index.js'
import type { Scope } from '../model/scope.js'
import type { Jaw, Subject } from './teeth.js'

const failing = ['failure', 'guest, failure', 'one superpage, failure']

/** What a design violates by itself, so that it cannot tell a mutant from the design. */
const own: Readonly<Record<string, Partial<Subject>>> = {
  'on-demand-superpage': {
    except: [
      'no-shared-fault',
      ...failing.flatMap((stand) =>
        ['conversion-ends', 'no-private-reach', 'no-stale-frame', 'host-survives'].map((name) => `${name} at ${stand}`),
      ),
    ],
  },
  'on-demand-4k/map-first': {
    except: failing.flatMap((stand) => ['no-shared-fault', 'single-backing'].map((name) => `${name} at ${stand}`)),
  },
  'attributes-first': { except: failing.map((stand) => `single-backing at ${stand}`) },
  'mirror-guest-memfd': {
    except: ['no-shared-fault at caching mode'],
    without: [...failing, 'raw calls', 'two raw callers'],
  },
  'hitless-cut': { except: ['errors-as-documented at raw calls'] },
  'hitless-coalesce': { without: ['raw calls', 'two raw callers'] },
  'bounce-pool': { without: ['raw calls', 'two raw callers'] },
}

function subject(name: string, driver: string | undefined, backing: Scope['backing'] = 'separate'): Subject {
  const design: Design | undefined = findDesign(name)
  const found = design?.drivers.find((known) => driver === undefined || known.name === driver)
  if (design === undefined || found === undefined) throw new Error(`no design ${name} with driver ${driver ?? 'any'}`)
  return { design, driver: found, backing, ...own[name] }
}

const driver = (name: string, ...subjects: Subject[]): Jaw => ({ name: `driver ${name}`, layer: 'driver', subjects })
const design = (name: string, backing: Scope['backing'] = 'separate'): Jaw => ({
  name: `${name}, ${backing}`,
  layer: 'design',
  subjects: [subject(name, undefined, backing)],
})
const kvm = (backing: Scope['backing']): Jaw => ({
  name: `KVM, ${backing}`,
  layer: 'kvm',
  subjects: [subject('on-demand-4k', 'type1v2', backing)],
})

/** Every design that holds, its drivers and KVM: each driver with the designs that use all of it, and no plan twice. */
export const jaws: readonly Jaw[] = [
  driver('type1v2', subject('on-demand-4k', 'type1v2'), subject('on-demand-superpage', 'type1v2')),
  driver('iommufd', subject('on-demand-4k', 'iommufd'), subject('on-demand-superpage', 'iommufd')),
  driver('type1v1', subject('on-demand-4k', 'type1v1')),
  driver('iommufd by file', subject('fd-offset', undefined)),
  driver('cut', subject('hitless-cut', undefined)),
  driver('coalesce', subject('hitless-coalesce', undefined)),
  driver('replace', subject('replace-domain', undefined)),
  driver('mirror', subject('mirror-guest-memfd', undefined, 'in-place')),
  kvm('separate'),
  kvm('in-place'),
  design('on-demand-4k'),
  design('on-demand-4k', 'in-place'),
  design('on-demand-4k/map-first'),
  design('attributes-first'),
  design('hitless-cut'),
  design('hitless-cut', 'in-place'),
  design('on-demand-superpage'),
  design('on-demand-superpage', 'in-place'),
  design('mirror-guest-memfd', 'in-place'),
  design('bounce-pool'),
  design('bounce-pool', 'in-place'),
]
