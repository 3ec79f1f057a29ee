#include "../../agent/agent.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/kvm.h>
#include <linux/kvm_para.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

/* These take the place of the agent's: the vCPU is opened where a guest does something. */

static int kvm, vm, private_fd;

void kvm_open(void)
{
	struct kvm_create_guest_memfd memfd = { .size = backing_pages * PAGE };
	kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC);
	vm = ioctl(kvm, KVM_CREATE_VM, KVM_X86_SW_PROTECTED_VM);
	private_fd = ioctl(vm, KVM_CREATE_GUEST_MEMFD, &memfd);
	struct kvm_userspace_memory_region2 slot = {
		.flags = KVM_MEM_GUEST_MEMFD, .guest_phys_addr = GPA_PAGES, .memory_size = backing_pages * PAGE,
		.userspace_addr = (uintptr_t)backing, .guest_memfd = private_fd,
	};
	must(ioctl(vm, KVM_SET_USER_MEMORY_REGION2, &slot));
}

static int vcpu;

static struct kvm_run *run;

/* where the guest's code is, at its address 0 */
static uint8_t *code;

/* A vCPU that leaves to us where the guest asks for a conversion. */
static void vcpu_open(void)
{
	code = aligned_alloc(PAGE, PAGE);
	struct kvm_userspace_memory_region2 slot = { .slot = 1, .memory_size = PAGE, .userspace_addr = (uintptr_t)code };
	struct kvm_enable_cap exits = { .cap = KVM_CAP_EXIT_HYPERCALL, .args = { 1 << KVM_HC_MAP_GPA_RANGE } };
	vcpu = ioctl(vm, KVM_CREATE_VCPU, 0);
	must(ioctl(vm, KVM_SET_USER_MEMORY_REGION2, &slot));
	must(ioctl(vm, KVM_ENABLE_CAP, &exits));
	run = mmap(NULL, ioctl(kvm, KVM_GET_VCPU_MMAP_SIZE, 0), PROT_READ | PROT_WRITE, MAP_SHARED, vcpu, 0);
	if (run == MAP_FAILED)
		die("the vCPU cannot be mapped");
}

/* Runs code in real mode up to its `hlt`; of a hypercall, the VMM sets the attribute, and nothing else. */
static void run_guest(const uint8_t *text, size_t size, uint64_t data_segment, struct kvm_regs *regs)
{
	struct kvm_sregs sregs;
	memcpy(code, text, size);
	ioctl(vcpu, KVM_GET_SREGS, &sregs);
	sregs.cs.base = sregs.cs.selector = 0;
	sregs.ds.base = data_segment;
	regs->rflags = 2;
	must(ioctl(vcpu, KVM_SET_SREGS, &sregs));
	must(ioctl(vcpu, KVM_SET_REGS, regs));
	while (!ioctl(vcpu, KVM_RUN, 0) && run->exit_reason == KVM_EXIT_HYPERCALL)
		run->hypercall.ret = -set_attributes(run->hypercall.args[0], run->hypercall.args[1] * PAGE,
						     run->hypercall.args[2] & KVM_MAP_GPA_RANGE_ENCRYPTED);
	if (run->exit_reason != KVM_EXIT_HLT || ioctl(vcpu, KVM_GET_REGS, regs))
		die("the guest left with exit reason %u", run->exit_reason);
}

/* Plain loads, with the data segment's base at the page: what KVM emulates goes to the shared side. */
static const uint8_t read_code[] = {
	0x66, 0xa1, 0x00, 0x00,       /* mov eax, [0]  */
	0x66, 0x8b, 0x1e, 0x04, 0x00, /* mov ebx, [4]  */
	0x66, 0x8b, 0x0e, 0x08, 0x00, /* mov ecx, [8]  */
	0x66, 0x8b, 0x16, 0x0c, 0x00, /* mov edx, [12] */
	0xf4,                         /* hlt */
};

int kvm_convert(uint64_t page, uint64_t count, bool private)
{
	struct kvm_regs regs = {
		.rax = KVM_HC_MAP_GPA_RANGE, .rbx = GPA_PAGES + page * PAGE, .rcx = count,
		.rdx = private ? KVM_MAP_GPA_RANGE_ENCRYPTED : KVM_MAP_GPA_RANGE_DECRYPTED,
	};
	run_guest(hypercall_code, sizeof hypercall_code, 0, &regs);
	return -(int)regs.rax;
}

int kvm_guest_write(uint64_t page, uint8_t value)
{
	uint32_t word = value * 0x01010101u;
	struct kvm_regs regs = { .rax = word, .rbx = word, .rcx = word, .rdx = word };
	run_guest(write_code, sizeof write_code, GPA_PAGES + page * PAGE, &regs);
	return 0;
}

int kvm_guest_read(uint64_t page, int *value)
{
	struct kvm_regs regs = { 0 };
	run_guest(read_code, sizeof read_code, GPA_PAGES + page * PAGE, &regs);
	uint32_t words[] = { regs.rax, regs.rbx, regs.rcx, regs.rdx };
	const uint8_t *bytes = (const uint8_t *)words;
	*value = value_of(bytes);
	return 0;
}

void kvm_close(void)
{
	close(vcpu);
	close(private_fd);
	close(vm);
	close(kvm);
}
