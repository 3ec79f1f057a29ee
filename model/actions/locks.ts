import { attributesSlotsLock, iommufdDomainsAlone, kvmRemovalUnderMmuLock, typeOneLock } from '../../spec/index.js'
import { views } from './accessed.js'
import { isAtWork } from './container/checks.js'
import { lock, vcpu } from './parameters.js'
import { places } from './places.js'
import { planRow } from './row.js'

const arg = places('vcpu', 'lock')

/** Locks are steps, so that a design without one is a design and not a different machine. */
export const lockRows = {
  'lock.acquire': planRow({
    says: 'The plan takes a lock, or waits until it is free.',
    params: [vcpu, lock],
    lock: undefined,
    requires: undefined,
    placeMatters: false,
    rules: [typeOneLock, attributesSlotsLock, kvmRemovalUnderMmuLock],
    reads: views('lock'),
    writes: views('lock'),
    needs: undefined,
    ready: (_, s, a) => s.lock[a[arg.lock]] === 0,
    apply: (_, s, a) => {
      s.lock[a[arg.lock]] = a[arg.vcpu] + 1
    },
  }),
  'lock.acquire-write': planRow({
    says: 'The plan takes a lock for writing: it also waits until no other call is at work on an area without it.',
    params: [vcpu, lock],
    lock: undefined,
    requires: undefined,
    placeMatters: false,
    rules: [iommufdDomainsAlone],
    reads: views('lock reg.areaFirst reg.areaEnd'),
    writes: views('lock'),
    needs: undefined,
    ready: (m, s, a) => s.lock[a[arg.lock]] === 0 && !isAtWork(m, s, a[arg.vcpu], 0, m.pages),
    apply: (_, s, a) => {
      s.lock[a[arg.lock]] = a[arg.vcpu] + 1
    },
  }),
  'lock.release': planRow({
    says: 'The plan releases a lock that it holds.',
    params: [vcpu, lock],
    lock: undefined,
    requires: undefined,
    placeMatters: false,
    rules: [typeOneLock],
    reads: views('lock'),
    writes: views('lock'),
    needs: undefined,
    apply: (_, s, a) => {
      if (s.lock[a[arg.lock]] === a[arg.vcpu] + 1) s.lock[a[arg.lock]] = 0
    },
  }),
}
