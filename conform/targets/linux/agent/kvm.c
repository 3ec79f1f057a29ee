#define _GNU_SOURCE
#include "agent.h"
#include "uapi.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/kvm_para.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

/* A virtual machine of one vCPU whose shared side is the backing that the devices reach too. */
#define GPA_CODE 0x0ull
#define CODE_SIZE 0x4000
#define GPA_PAGES 0x1000000ull

/*
 * Real mode, with the data segment's base at the page. Plain loads and stores: what KVM emulates (port I/O by string, say)
 * goes to the shared side whatever the attribute is.
 */
static const uint8_t read_code[] = {
	0x66, 0xa1, 0x00, 0x00,       /* mov eax, [0]  */
	0x66, 0x8b, 0x1e, 0x04, 0x00, /* mov ebx, [4]  */
	0x66, 0x8b, 0x0e, 0x08, 0x00, /* mov ecx, [8]  */
	0x66, 0x8b, 0x16, 0x0c, 0x00, /* mov edx, [12] */
	0xf4,                         /* hlt */
};
static const uint8_t write_code[] = {
	0x66, 0xa3, 0x00, 0x00,       /* mov [0], eax  */
	0x66, 0x89, 0x1e, 0x04, 0x00, /* mov [4], ebx  */
	0x66, 0x89, 0x0e, 0x08, 0x00, /* mov [8], ecx  */
	0x66, 0x89, 0x16, 0x0c, 0x00, /* mov [12], edx */
	0xf4,
};
static const uint8_t hypercall_code[] = { 0x0f, 0x01, 0xd9, 0xf4 }; /* vmmcall; hlt */
enum { READ_AT = 0x1000, WRITE_AT = 0x2000, HYPERCALL_AT = 0x3000 };

static int kvm = -1, vm = -1, vcpu = -1, private_fd = -1;
static struct kvm_run *run;
static size_t run_size;
static uint8_t *code;

bool kvm_there(void)
{
	int fd = open("/dev/kvm", O_RDWR | O_CLOEXEC);
	int machine = fd < 0 ? -1 : ioctl(fd, KVM_CREATE_VM, KVM_X86_SW_PROTECTED_VM);
	if (machine >= 0)
		close(machine);
	if (fd >= 0)
		close(fd);
	return machine >= 0;
}

static void set_slot(struct kvm_userspace_memory_region2 slot)
{
	if (ioctl(vm, KVM_SET_USER_MEMORY_REGION2, &slot))
		die("memory slot %u", slot.slot);
}

static void set_slots(void)
{
	if (!code)
		code = mmap(NULL, CODE_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (code == MAP_FAILED)
		die("no memory for the guest's code");
	memcpy(code + READ_AT, read_code, sizeof read_code);
	memcpy(code + WRITE_AT, write_code, sizeof write_code);
	memcpy(code + HYPERCALL_AT, hypercall_code, sizeof hypercall_code);
	struct kvm_create_guest_memfd memfd = { .size = backing_pages * PAGE };
	private_fd = ioctl(vm, KVM_CREATE_GUEST_MEMFD, &memfd);
	if (private_fd < 0)
		die("no guest_memfd");
	set_slot((struct kvm_userspace_memory_region2){
		.slot = 0, .guest_phys_addr = GPA_CODE, .memory_size = CODE_SIZE, .userspace_addr = (uintptr_t)code });
	set_slot((struct kvm_userspace_memory_region2){
		.slot = 1,
		.flags = KVM_MEM_GUEST_MEMFD,
		.guest_phys_addr = GPA_PAGES,
		.memory_size = backing_pages * PAGE,
		.userspace_addr = (uintptr_t)backing,
		.guest_memfd = private_fd,
	});
}

static void set_vcpu(void)
{
	static struct {
		struct kvm_cpuid2 head;
		struct kvm_cpuid_entry2 entries[128];
	} cpuid;
	vcpu = ioctl(vm, KVM_CREATE_VCPU, 0);
	cpuid.head.nent = 128;
	if (vcpu < 0 || ioctl(kvm, KVM_GET_SUPPORTED_CPUID, &cpuid) || ioctl(vcpu, KVM_SET_CPUID2, &cpuid))
		die("no vCPU");
	run_size = ioctl(kvm, KVM_GET_VCPU_MMAP_SIZE, 0);
	run = mmap(NULL, run_size, PROT_READ | PROT_WRITE, MAP_SHARED, vcpu, 0);
	if (run == MAP_FAILED)
		die("the vCPU cannot be mapped");
}

void kvm_open(void)
{
	kvm_close();
	kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC);
	vm = ioctl(kvm, KVM_CREATE_VM, KVM_X86_SW_PROTECTED_VM);
	if (vm < 0)
		die("no software-protected VM");
	set_slots();
	set_vcpu();
	struct kvm_enable_cap exits = { .cap = KVM_CAP_EXIT_HYPERCALL, .args = { 1 << KVM_HC_MAP_GPA_RANGE } };
	if (ioctl(vm, KVM_ENABLE_CAP, &exits))
		die("the hypercall does not exit");
}

void kvm_close(void)
{
	if (run)
		munmap(run, run_size);
	run = NULL;
	for (int **fd = (int *[]){ &vcpu, &vm, &private_fd, &kvm, NULL }; *fd; fd++) {
		if (**fd >= 0)
			close(**fd);
		**fd = -1;
	}
}

static int set_attributes(uint64_t gpa, uint64_t size, bool private)
{
	struct kvm_memory_attributes attributes = {
		.address = gpa, .size = size, .attributes = private ? KVM_MEMORY_ATTRIBUTE_PRIVATE : 0
	};
	return ioctl(vm, KVM_SET_MEMORY_ATTRIBUTES, &attributes) ? errno : 0;
}

int kvm_attributes(uint64_t page, uint64_t count, bool private)
{
	return set_attributes(GPA_PAGES + page * PAGE, count * PAGE, private);
}

/* What the VMM does when the guest asks: it sets the attribute, and nothing else. */
static void on_hypercall(void)
{
	uint64_t gpa = run->hypercall.args[0], pages = run->hypercall.args[1];
	bool private = run->hypercall.args[2] & KVM_MAP_GPA_RANGE_ENCRYPTED;
	run->hypercall.ret = -(long long)set_attributes(gpa, pages * PAGE, private);
}

/* Runs guest code from its entry to its `hlt`. */
static void run_guest(uint64_t entry, uint64_t data_segment, struct kvm_regs *regs)
{
	struct kvm_sregs sregs;
	if (ioctl(vcpu, KVM_GET_SREGS, &sregs))
		die("the vCPU gives no segment registers");
	sregs.cs.base = sregs.cs.selector = 0;
	sregs.ds.base = data_segment;
	regs->rip = entry;
	regs->rflags = 2;
	if (ioctl(vcpu, KVM_SET_SREGS, &sregs) || ioctl(vcpu, KVM_SET_REGS, regs))
		die("the vCPU takes no registers");
	do {
		if (ioctl(vcpu, KVM_RUN, 0))
			die("KVM_RUN: %s, exit reason %u", strerror(errno), run->exit_reason);
		if (run->exit_reason == KVM_EXIT_HYPERCALL)
			on_hypercall();
		else if (run->exit_reason != KVM_EXIT_HLT)
			die("the guest left with exit reason %u", run->exit_reason);
	} while (run->exit_reason != KVM_EXIT_HLT);
	if (ioctl(vcpu, KVM_GET_REGS, regs))
		die("the vCPU gives no registers");
}

int kvm_convert(uint64_t page, uint64_t count, bool private)
{
	struct kvm_regs regs = {
		.rax = KVM_HC_MAP_GPA_RANGE,
		.rbx = GPA_PAGES + page * PAGE,
		.rcx = count,
		.rdx = private ? KVM_MAP_GPA_RANGE_ENCRYPTED : KVM_MAP_GPA_RANGE_DECRYPTED,
	};
	run_guest(HYPERCALL_AT, 0, &regs);
	return -(int)regs.rax;
}

int kvm_guest_write(uint64_t page, uint8_t value)
{
	uint32_t word = value * 0x01010101u;
	struct kvm_regs regs = { .rax = word, .rbx = word, .rcx = word, .rdx = word };
	run_guest(WRITE_AT, GPA_PAGES + page * PAGE, &regs);
	return 0;
}

int kvm_guest_read(uint64_t page, int *value)
{
	struct kvm_regs regs = { 0 };
	run_guest(READ_AT, GPA_PAGES + page * PAGE, &regs);
	uint32_t words[] = { regs.rax, regs.rbx, regs.rcx, regs.rdx };
	*value = value_of((const uint8_t *)words);
	return 0;
}

int kvm_punch(uint64_t page, uint64_t count)
{
	return punch(private_fd, page, count);
}
