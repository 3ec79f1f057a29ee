// What `dmaproof init` writes for the project around a design: the configuration, and the workflow for CI.

/** @param file the module of the design, from the project's folder */
export const configText = (name: string, file: string): string => `// @ts-check
// What every dmaproof command here knows without being told: npx dmaproof check ${name} needs no --designs.
// Paths count from this folder. Fields that are not known are refused.

/** @type {import('dmaproof').Config} */
export default {
  // Modules that export designs; drivers and properties of your own have lists of the same form.
  designs: ['${file}'],

  // Platforms by names of your own: a preset with fields changed. For all: npx dmaproof list platforms
  platforms: { lab: 'linux-7.2 drain=none' },

  // Implementations that conform and run --on start by these names:
  // targets: { mapper: { command: './mapper', interface: 'iommufd', platform: 'linux-7.2', timeout: 5 } },

  // For options that check, explore and compare leave out:
  // defaults: { platform: 'lab', scope: { pages: 2 }, seed: 1 },
}
`

const workflow = `# The suites in @folder@/ on every push and pull request.
# GitHub reads this file at the root of a repository. If the project is a folder inside of it, move the file there, and
# add the folder as "defaults: { run: { working-directory: FOLDER } }" and in front of the paths of the artifact.
name: dmaproof
on: [push, pull_request]
permissions:
  contents: read
jobs:
  suite:
    name: Suites, part \${{ matrix.shard }} of 2
    runs-on: ubuntu-latest
    timeout-minutes: 30
    strategy:
      # A violation in one part does not end the other.
      fail-fast: false
      matrix:
        # Vitest shares out files, and needs at least one for each shard: add shards as you add suites, here and above
        # and in the command below.
        shard: [1, 2]
    steps:
      - uses: actions/checkout@v5
      - uses: actions/setup-node@v5
        with:
          node-version: 22
      # Installs what package-lock.json says. A dmaproof that was installed from a .tgz has to be in the repository.
      - run: npm ci
      # github-actions annotates the line of the suite with the counterexample; junit is for tools that read reports.
      # Each failure names the page of its counterexample, which is in the artifact: open it in a browser.
      - env:
          DMAPROOF_PAGES: .dmaproof/pages
        run: >-
          npx vitest run @folder@/ --shard=\${{ matrix.shard }}/2
          --reporter=default --reporter=github-actions --reporter=junit --outputFile.junit=dmaproof-junit.xml
      # The report, the counterexamples, and their pages: npx dmaproof replay FILE replays one on your machine.
      - uses: actions/upload-artifact@v4
        if: always()
        with:
          name: dmaproof-\${{ matrix.shard }}
          path: |
            dmaproof-junit.xml
            .dmaproof/
          include-hidden-files: true
          if-no-files-found: warn
`

/** @param folder of the designs and suites, from the project's folder */
export const workflowText = (folder: string): string => workflow.replaceAll('@folder@', folder)
