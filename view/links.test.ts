/** @module-tag long */
import type { Page } from 'playwright-core'
import { describe, expect, test } from 'vitest'
import { chromiumPath } from '../report/testing/chromium.js'
import { inChromium, openPages } from './testing/opened-page.js'
import { dataOf, race, unverified } from './testing/shown.js'

describe.runIf(chromiumPath)(inChromium, () => {
  let page: Page
  const { open, heard } = openPages((opened) => {
    page = opened
  })

  const step = () => page.locator('output').textContent()

  test('leads from a rule to its text, its source and the steps that rest on it, and back', async () => {
    await open(dataOf(race), '#step=8')
    const link = page.locator('.rules .rule-link').first()
    const id = (await link.textContent()) ?? ''
    await link.focus()
    await page.keyboard.press('Enter')
    const card = page.getByRole('region', { name: `Rule ${id}` })
    await expect.poll(() => card.count()).toBe(1)
    const [, rule] = dataOf(race).rules.find(([known]) => known === id) ?? []
    for (const said of [rule?.statement, rule?.source, rule?.at]) expect(await card.textContent()).toContain(said)
    await expect.poll(() => page.url()).toContain(`rule=${encodeURIComponent(id)}`)
    await card.getByRole('button', { name: '8: iommu.clear-entry' }).click()
    await expect.poll(step).toBe('step 8 of 14')
    await card.press('Escape')
    await expect.poll(() => card.count()).toBe(0)
    expect(await link.evaluate('document.activeElement.textContent')).toBe(id)
  })

  test('leads from every rule that the page names to its text', async () => {
    await open(dataOf(race))
    const named = await page.locator('.about code, .properties code, .rules dt code').allTextContents()
    expect(named.length).toBeGreaterThan(2)
    expect(await page.locator('.rule-link').allTextContents()).toEqual(named)
  })

  test('shows no rule for an id in the address that is none', async () => {
    await open(dataOf(race), '#step=3&rule=__proto__')
    await expect.poll(step).toBe('step 3 of 14')
    expect(await page.locator('.rule-card').count()).toBe(0)
    expect(heard).toEqual([])
  })

  test('leads from a step to its line in the plan', async () => {
    await open(dataOf(race), '#step=8')
    await page.getByText('Its line in the plan').getByRole('button', { name: 'iommu.clear-entry' }).click()
    const line = page.locator('.plan [aria-current=step]')
    expect(await line.evaluate('document.activeElement.textContent')).toBe('iommu.clear-entry')
    await expect
      .poll(() => line.evaluate('document.querySelector(".plan .here").getBoundingClientRect().top'))
      .toBeLessThan(900)
  })

  test('frames the cell in which a device that the guest trusts leads astray', async () => {
    await open(dataOf(unverified()))
    await expect.poll(step).toBe('step 2 of 2')
    expect(await page.locator('td.violated').getAttribute('class')).toBe('wrong changed violated')
    expect(await page.locator('.cell-card h3').textContent()).toContain('Trusted table of page 0')
  })

  test('keeps the present step in sight in a narrow window, and the page as narrow', async () => {
    await open(dataOf(race), '#step=1')
    await page.setViewportSize({ width: 390, height: 844 })
    expect(await page.evaluate('document.documentElement.scrollWidth - innerWidth')).toBe(0)
    const width = 'Math.min(...[...document.querySelectorAll(".properties .said")].map((said) => said.clientWidth))'
    expect(await page.evaluate(width)).toBeGreaterThan(300)
    const beyond = () =>
      page.evaluate(`(() => {
      const box = document.querySelector('.steps-box').getBoundingClientRect()
      const text = document.querySelector('.row.here .text').getBoundingClientRect()
      return text.left >= box.left && text.right <= box.right
    })()`)
    const who = page.locator('.row.here .who')
    expect(await who.textContent()).toBe('device 0')
    expect(await who.isVisible()).toBe(true)
    for (const key of ['ArrowRight', 'ArrowRight', 'ArrowRight']) {
      await page.keyboard.press(key)
      await expect.poll(beyond).toBe(true)
    }
  })
})
