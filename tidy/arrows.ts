import type { Finding } from './finding.js'
import { type Import, importsOf } from './imports.js'
import { isCode, isTest, roomOf, type TextFile } from './repository.js'

/** A room imports from itself and from the floors before its own. */
const floors: readonly (readonly string[])[] = [
  ['base'],
  ['spec'],
  ['checker'],
  ['model'],
  ['designs'],
  ['properties'],
  ['search'],
  ['litmus', 'mutation'],
  ['conform'],
  ['report'],
  ['cli'],
  ['api'],
]
/** Inside `model`: a folder imports from itself and from the folders before its own; types count, too. */
const modelFloors: readonly string[] = ['machine', 'plan', 'actions', '']

/** Outside the house: these look into every room, and only the root looks into them. */
const outside: readonly string[] = ['bench', 'config', 'docs', 'examples', 'tidy', '.ci']

const floorOf = (room: string): number => floors.findIndex((rooms) => rooms.includes(room))
const isKnown = (room: string): boolean => room === 'root' || outside.includes(room) || floorOf(room) >= 0

export function mayImport(from: string, to: string): boolean {
  if (from === to || from === 'root') return true
  if (outside.includes(to)) return false
  if (outside.includes(from)) return true
  return floorOf(to) >= 0 && floorOf(to) < floorOf(from)
}

/** The floor of a file inside `model`, or -1 for one that is no part of it: a test, its helpers, another room. */
function modelFloorOf(path: string): number {
  const [room, ...rest] = path.split('/')
  if (room !== 'model' || isTest(path)) return -1
  return modelFloors.indexOf(rest.length > 1 ? (rest[0] ?? '') : '')
}

function wrongInModel({ from, specifier, to = '' }: Import): string | undefined {
  const floor = modelFloorOf(from)
  if (floor < 0 || !to.startsWith('model/')) return undefined
  const below = modelFloorOf(to)
  if (below >= 0 && below <= floor) return undefined
  const folder = modelFloors[floor] === '' ? 'model' : `model/${modelFloors[floor]}`
  return `${folder} may not import '${specifier}'`
}

/** What is wrong with one import, or undefined. The rules of `spec` are data: it does without packages, too. */
function wrongWith(found: Import): string | undefined {
  const { from, specifier, to } = found
  if (to === undefined) {
    return roomOf(from) === 'spec' && !isTest(from) ? `spec imports nothing, but here '${specifier}'` : undefined
  }
  if (mayImport(roomOf(from), roomOf(to))) return wrongInModel(found)
  return `${roomOf(from)} may not import ${roomOf(to)} ('${specifier}')`
}

/** Reports every import against the arrows, and every file of code whose folder has no place among them. */
export function arrows(files: readonly TextFile[]): Finding[] {
  return files
    .filter(({ path }) => isCode(path))
    .flatMap((file): Finding[] => {
      if (!isKnown(roomOf(file.path))) {
        return [{ path: file.path, line: 1, message: `folder ${roomOf(file.path)} has no place among the arrows` }]
      }
      return importsOf(file).flatMap((found) => {
        const message = wrongWith(found)
        return message === undefined ? [] : [{ path: found.from, line: found.line, message }]
      })
    })
}
