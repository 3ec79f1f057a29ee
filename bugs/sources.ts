/** Where a defect is described. */
export interface BugSource {
  /** Project, commit, record or issue, as it is usually cited. */
  readonly name: string
  readonly url: string
  /** Only its subject line was read; how it worked is from the source code of the time. */
  readonly subjectOnly?: true
}

const commit =
  (project: string, base: string) =>
  (id: string, subject?: string): BugSource => ({
    name: `${project} ${id}${subject === undefined ? '' : ` "${subject}"`}`,
    url: `${base}${id}`,
  })

export const linux = commit('Linux', 'https://git.kernel.org/torvalds/c/')
export const qemu = commit('QEMU', 'https://gitlab.com/qemu-project/qemu/-/commit/')
export const xen = commit('Xen', 'https://xenbits.xen.org/gitweb/?p=xen.git;a=commit;h=')
export const dpdk = commit('DPDK', 'https://github.com/DPDK/dpdk/commit/')
export const cloudHypervisor = commit(
  'Cloud Hypervisor',
  'https://github.com/cloud-hypervisor/cloud-hypervisor/commit/',
)
export const openvmm = commit('OpenVMM', 'https://github.com/microsoft/openvmm/commit/')
export const crosvm = commit('crosvm', 'https://chromium.googlesource.com/crosvm/crosvm/+/')

export const cve = (id: string): BugSource => ({ name: id, url: `https://www.cve.org/CVERecord?id=${id}` })
export const xsa = (number: number): BugSource => ({
  name: `XSA-${number}`,
  url: `https://xenbits.xen.org/xsa/advisory-${number}.html`,
})

/** An issue or a pull request. */
export const issue = (repository: string, number: number): BugSource => ({
  name: `${repository} #${number}`,
  url: `https://github.com/${repository}/issues/${number}`,
})

/** A Linux patch as a source, by its subject line: the only part of it that was read. */
export const subjectLine = (subject: string): BugSource => ({
  name: `Linux "${subject}"`,
  url: `https://lore.kernel.org/all/?q=${encodeURIComponent(`s:"${subject}"`)}`,
  subjectOnly: true,
})
