/** @module-tag long */
import type { Page } from 'playwright-core'
import { describe, expect, test } from 'vitest'
import { must } from '../base/result.js'
import { axeViolations, chromiumPath } from '../report/testing/chromium.js'
import type { PageData } from './data.js'
import { runOfTrace } from './run-of-trace.js'
import { keptEntry } from './testing/divergence.js'
import { largeGuest } from './testing/large-guest.js'
import { inChromium, openPages } from './testing/opened-page.js'
import { dataOf, lassoAtStart, livelock, long, race, raceWhy } from './testing/shown.js'

describe.runIf(chromiumPath)(inChromium, () => {
  let page: Page
  const { open, heard } = openPages((opened) => {
    page = opened
  })

  const cell = (row: number, layer: string) =>
    page.locator(`#cell-0-${row}-${must(runOfTrace('', race)).map?.layers.findIndex(({ key }) => key === layer)}`)
  const step = () => page.locator('output').textContent()
  /** Whether nothing covers the arrow of a loop: a click would hit it, if it took one. */
  const loopIsSeen = () =>
    page.evaluate(`(() => {
      const arrow = document.querySelector('.loop')
      arrow.style.pointerEvents = 'auto'
      const { left, top, height } = arrow.getBoundingClientRect()
      return document.elementFromPoint(left + 4, top + height / 2).closest('.loop') === arrow
    })()`)

  test('opens at the violation, with the violated cell framed, and the stale entry hatched', async () => {
    await open(dataOf(race))
    await expect.poll(step).toBe('step 14 of 14')
    expect(await cell(1, 'iotlb').getAttribute('class')).toBe('stale wrong changed violated')
    expect(await cell(1, 'iotlb').textContent()).toBe('⚠ 4k f1 rw ●, stale, wrong, changed, violated')
    const image = 'getComputedStyle(document.querySelector("td.stale")).backgroundImage'
    expect(await page.evaluate(image)).toContain('repeating-linear-gradient')
    expect(await page.getByRole('heading', { level: 2 }).textContent()).toContain('no-private-reach')
    expect(heard).toEqual([])
  })

  test('leads from a stale cell to the step that left it so, and from there to the next that changes it', async () => {
    await open(dataOf(race), '#step=12')
    await cell(1, 'iotlb').click()
    await page
      .getByText('Stale since')
      .getByRole('button', { name: /^step 8: iommu.clear-entry/ })
      .click()
    await expect.poll(step).toBe('step 8 of 14')
    await page.keyboard.press('c')
    await expect.poll(step).toBe('step 14 of 14')
    await page.keyboard.press('w')
    await expect.poll(step).toBe('step 14 of 14')
    await expect.poll(() => page.url()).toContain('#step=14&cell=0.1.')
  })

  test('steps by keys and by the slider, plays, and keeps its place in the address', async () => {
    await open(dataOf(race), '#step=3')
    await expect.poll(step).toBe('step 3 of 14')
    await page.keyboard.press('ArrowRight')
    await expect.poll(step).toBe('step 4 of 14')
    await page.keyboard.press('Home')
    await expect.poll(step).toBe('step 0 of 14')
    await expect.poll(() => page.url()).toContain('#step=0')
    await page.getByRole('slider', { name: 'Step' }).fill('13')
    await expect.poll(step).toBe('step 13 of 14')
    await page.getByRole('button', { name: 'Play' }).click()
    await expect.poll(step).toBe('step 14 of 14')
    await expect.poll(() => page.getByRole('button', { name: 'Play' }).count()).toBe(1)
    await page.evaluate('location.hash = "#step=2"')
    await expect.poll(step).toBe('step 2 of 14')
  })

  test('is used by the keyboard alone: search, the list of steps, the cells of the map', async () => {
    await open(dataOf(race), '#step=0')
    await page.keyboard.press('/')
    await page.keyboard.type('iommu.clear')
    await page.keyboard.press('Enter')
    await expect.poll(step).toBe('step 8 of 14')
    expect(await page.locator('.search span').textContent()).toBe('1 found')
    await page.getByRole('listbox').focus()
    await page.keyboard.press('ArrowDown')
    await expect.poll(step).toBe('step 9 of 14')
    await cell(0, 'attribute').focus()
    await page.keyboard.press('ArrowRight')
    await page.keyboard.press('ArrowDown')
    await expect.poll(() => page.locator('[aria-selected=true][role=gridcell]').getAttribute('id')).toBe('cell-0-1-1')
    expect(await page.locator('.cell-card h3').textContent()).toContain('Guest told of page 1')
  })

  test('finds steps by page and by rule', async () => {
    await open(dataOf(race))
    const count = async (query: string) => {
      await page.getByRole('searchbox').fill(query)
      return page.locator('.search span').textContent()
    }
    expect(await count('page 1')).toBe('9 found')
    expect(await count('page 3')).toBe('0 found')
    expect(await count('vtd.translation/')).not.toBe('0 found')
  })

  test('finds the steps after which an expression is so, and says what is wrong with one', async () => {
    await open(dataOf(race))
    const found = async (query: string) => {
      await page.getByRole('searchbox').fill(query)
      return page.locator('.search span').textContent()
    }
    // The step at which the page turns private is the last; until then, and before the entry is cleared, it is shared.
    expect(await found('page 1 private')).toBe('1 found')
    expect(await found('page 1 shared and not page 1 mapped')).toBe('6 found')
    expect(await found('page 1 stale or page 9 stale')).toBe('7 found')
    expect(await found('page 1 reachable by device 0')).toBe('15 found')
    expect(await found('page 1 reachable by device 7')).toBe('0 found')
    expect(await found('"private"')).not.toBe('1 found')
    expect(await found('page 1 reachible by device 0')).toMatch(/^found "reachible", expected private, shared/)
    expect(await found('not (stale')).toBe('found the end, expected )')
  })

  test('says the state of each property, marks the line of the plan, and lists what else was possible', async () => {
    await open(dataOf(race), '#step=8')
    const row = (name: string) => page.getByRole('row', { name: new RegExp(name) })
    expect(await row('no-private-reach').textContent()).toContain('holds')
    expect(await row('sept-protocol').textContent()).toContain('not applicable')
    const line = page.locator('.plan [aria-current=step]')
    expect(await line.textContent()).toBe('iommu.clear-entry')
    expect(await page.getByText(/^Instead of this step: \d+ other actions were possible$/).count()).toBe(1)
    await page.locator('.plan').getByRole('button', { name: 'kvm.set-attributes' }).click()
    await expect.poll(step).toBe('step 14 of 14')
    expect(await row('no-private-reach').textContent()).toContain('violated')
    expect(await row('no-private-reach').textContent()).toContain(`by this step: ${raceWhy}`)
    expect(heard).toEqual([])
  })

  test('leaves out steps that no device sees, and pages that do not change', async () => {
    await open(dataOf(race), '#step=0&steps=seen&pages=changed')
    expect(await page.getByRole('option', { name: /lock.acquire/ }).count()).toBe(0)
    expect(await page.locator('thead th').allTextContents()).toEqual(['page 1'])
    await page.keyboard.press('ArrowRight')
    await expect.poll(step).toBe('step 1 of 14')
  })

  test('draws the loop of a livelock, and plays round it', async () => {
    const data = dataOf(livelock())
    const [{ loop = -1, steps } = { steps: [] }] = data.runs
    await open(data, `#step=${steps.length}`)
    const name = `loop: from step ${steps.length} back to step ${loop}`
    expect([await page.getByRole('img', { name }).count(), await loopIsSeen()]).toEqual([1, true])
    await page.keyboard.press(' ')
    await expect.poll(step).toBe(`step ${loop} of ${steps.length}`)
    expect(heard).toEqual([])
  })

  test('draws a loop that begins before the first step, and says that the run ends there', async () => {
    const data = dataOf(lassoAtStart())
    const [{ steps } = { steps: [] }] = data.runs
    await open(data)
    await expect.poll(step).toBe(`step 0 of ${steps.length}`)
    expect(await page.getByText('the run ends: conversion-ends is violated').count()).toBe(1)
    const name = `loop: from step ${steps.length} back to step 0`
    expect([await page.getByRole('img', { name }).count(), await loopIsSeen()]).toEqual([1, true])
    await page.keyboard.press('End')
    await page.keyboard.press(' ')
    await expect.poll(step).toBe(`step 0 of ${steps.length}`)
    expect(heard).toEqual([])
  })

  test('shows two runs with their first difference', async () => {
    const other = {
      ...race,
      steps: race.steps.map((one, at) => (at === 4 ? { ...one, outcome: 'EBUSY' as const } : one)),
    }
    await open(dataOf(race, other))
    await expect.poll(step).toBe('step 5 of 14')
    expect(await page.locator('.difference dd').allTextContents()).toEqual([
      'lock.acquire vm',
      'lock.acquire vm → EBUSY',
    ])
    await page.keyboard.press('End')
    await page.getByRole('button', { name: 'First difference: step 5' }).click()
    await expect.poll(step).toBe('step 5 of 14')
  })

  test('leads from a divergence to the call that the implementation carried out otherwise', async () => {
    await open(keptEntry())
    await expect.poll(step).toBe('step 5 of 5')
    expect(await page.locator('.cell-card h3').textContent()).toBe('IOTLB of page 5: –')
    await page
      .getByText('Why is this so?')
      .getByRole('button', { name: /^step 3: unmap iovfn=4\.\.5/ })
      .click()
    await expect.poll(step).toBe('step 3 of 5')
  })

  test('shows beside a divergence no layer of a guest that is not there, and marks the words that differ', async () => {
    await open(keptEntry())
    const heads = await page.locator('.map th[scope="row"]').allTextContents()
    expect(heads).toContain('IOTLB')
    expect(heads.filter((head) => ['Attribute', 'Guest told', 'Private frame'].includes(head))).toEqual([])
    expect(await page.locator('.difference mark').allTextContents()).toEqual(['blocked', 'done,', 'fault', '0'])
  })

  test('is no wider than the window where a reason is one long word', async () => {
    const { runs, ...rest } = dataOf(race)
    await open({ runs: runs.map((run) => ({ ...run, why: 'w'.repeat(10_000) })), ...rest })
    expect(await page.evaluate('document.documentElement.scrollWidth - innerWidth')).toBe(0)
  })

  test('folds the pages of a large guest that are alike at a step', async () => {
    await open(dataOf(largeGuest().trace), '#step=20')
    const heads = await page.locator('.map th').allTextContents()
    expect(heads.filter((name) => name.startsWith('page'))).toEqual([
      'page 0',
      'pages 1..3583',
      'pages 3584..3590',
      'page 3591',
      'pages 3592..4095',
      'pages 4096..16383',
    ])
  })

  test('does nothing that the texts of a trace say', async () => {
    const text = `</script><script>alert(1)</script><img src="https://x.invalid/" onerror="alert(2)">__proto__`
    const { runs, rules, kinds } = dataOf(race)
    const hostile = runs.map((run) => ({
      ...run,
      name: text,
      why: text,
      property: text,
      about: text,
      broken: '__proto__',
      page: 1e308,
      actors: run.actors.map(() => text),
      steps: run.steps.map((one) => ({ ...one, text, kind: 'constructor', rule: '__proto__', facts: [text] })),
    }))
    await open({ runs: hostile, rules, kinds }, '#step=1e99&cell=9.9.9&find=%3Cimg%3E')
    expect(await page.getByRole('heading', { level: 2 }).textContent()).toContain(text)
    expect(await page.locator('img').count()).toBe(0)
    await page.keyboard.press('ArrowLeft')
    expect(heard).toEqual([])
  })

  /** Elements of the document after a step. */
  async function elements(data: PageData, from: number): Promise<number> {
    await open(data, `#step=${from}`)
    await page.keyboard.press('ArrowRight')
    await expect.poll(step).toMatch(`step ${from + 1} of`)
    // The list of steps scrolls in a later frame: the count holds once it is the same twice.
    let count = -1
    const isSettled = async () => {
      const before = count
      count = await page.locator('*').count()
      return count === before
    }
    await expect.poll(isSettled).toBe(true)
    return count
  }

  test('has no more elements for 10,000 steps than for 100: bench/viewer/ says what that is in time', async () => {
    const short = await elements(long(100), 48) // the same step of the run as 5004
    expect(await elements(long(10_000), 5004)).toBe(short)
  })

  test.each(['light', 'dark'] as const)('is accessible in %s colours, by the rules of axe', async (colours) => {
    await open(dataOf(race, race), '#step=14&cell=0.1.8&find=vtd&rule=vtd.invalidation/drain', colours)
    await page.locator('.help summary').click()
    expect(await axeViolations(page)).toEqual([])
  })

  test.each(['light', 'dark'] as const)(
    'has the colours that the system has, %s, and those that are chosen',
    async (one) => {
      await open(dataOf(race), '', one)
      const ground = () => page.evaluate('getComputedStyle(document.documentElement).backgroundColor')
      const colours = { light: 'rgb(255, 255, 255)', dark: 'rgb(22, 24, 28)' }
      expect(await ground()).toBe(colours[one])
      await page.getByRole('button', { name: /^Colours/ }).click()
      await expect.poll(ground).toBe(colours.light)
      await page.getByRole('button', { name: /^Colours/ }).click()
      await expect.poll(ground).toBe(colours.dark)
    },
  )
})
