/**
 * B1 in Promela, with two converters and two devices: one process whose guarded steps are atomic, so that each of
 * Spin's steps is one of ours. Its first step sets the page table up, so that Spin stores one state more.
 */
export function b1Promela(pages: number): string {
  const all = range(pages)
  const safe = all.map((i) => `(!page[${i}] || (!pte[${i}] && !tlb[${i}] && dpg[0] != ${i + 1} && dpg[1] != ${i + 1}))`)
  const steps = [
    ...[0, 1].flatMap((v) => converter(v, all)),
    ...[0, 1].flatMap((d) => device(d, all)),
    ...all.map((i) => ({ when: `tlb[${i}]`, does: `tlb[${i}] = 0` })),
  ]
  return [
    `bit page[${pages}]; bit pte[${pages}]; bit tlb[${pages}];`,
    'byte cpg[2]; byte dpg[2]; byte cpc[2];',
    'active proctype system() {',
    '  byte i;',
    `  d_step { for (i : 0 .. ${pages - 1}) { pte[i] = 1 } i = 0 }`,
    '  do',
    ...steps.map(({ when, does }) => `  :: d_step { (${when}) -> ${does}; assert(${safe.join(' && ')}) }`),
    '  od',
    '}',
    '',
  ].join('\n')
}

interface Step {
  readonly when: string
  readonly does: string
}

const range = (count: number): number[] => Array.from({ length: count }, (_, index) => index)

function converter(v: number, all: readonly number[]): Step[] {
  const isFree = (i: number) => `cpg[0] != ${i + 1} && cpg[1] != ${i + 1}`
  const own = `cpg[${v}] - 1`
  const stage = (at: number) => `cpc[${v}] == ${at}`
  const end = `cpc[${v}] = 0; cpg[${v}] = 0`
  return [
    ...all.flatMap((i) => [
      { when: `${stage(0)} && !page[${i}] && ${isFree(i)}`, does: `cpc[${v}] = 1; cpg[${v}] = ${i + 1}` },
      { when: `${stage(0)} && page[${i}] && ${isFree(i)}`, does: `cpc[${v}] = 4; cpg[${v}] = ${i + 1}` },
    ]),
    { when: stage(1), does: `pte[${own}] = 0; cpc[${v}] = 2` },
    { when: `${stage(2)} && dpg[0] != cpg[${v}] && dpg[1] != cpg[${v}]`, does: `tlb[${own}] = 0; cpc[${v}] = 3` },
    { when: stage(3), does: `page[${own}] = 1; ${end}` },
    { when: stage(4), does: `page[${own}] = 0; cpc[${v}] = 5` },
    { when: stage(5), does: `pte[${own}] = 1; ${end}` },
  ]
}

function device(d: number, all: readonly number[]): Step[] {
  const translates = all.map((i) => ({
    when: `dpg[${d}] == 0 && (tlb[${i}] || pte[${i}])`,
    does: `dpg[${d}] = ${i + 1}; tlb[${i}] = 1`,
  }))
  return [...translates, { when: `dpg[${d}] != 0`, does: `dpg[${d}] = 0` }]
}
