#include "../agent.h"

/* The guest of kvm.c is one of x86: here there is none, and the hello says so. */
bool kvm_there(void)
{
	return false;
}

void kvm_open(void)
{
	die("no guest on this processor");
}

void kvm_close(void)
{
}

static _Noreturn void no_guest(void)
{
	die("a call of the guest on a processor without one");
}

int kvm_attributes(uint64_t page, uint64_t count, bool private)
{
	(void)page, (void)count, (void)private;
	no_guest();
}

int kvm_convert(uint64_t page, uint64_t count, bool private)
{
	(void)page, (void)count, (void)private;
	no_guest();
}

int kvm_guest_write(uint64_t page, uint8_t value)
{
	(void)page, (void)value;
	no_guest();
}

int kvm_guest_read(uint64_t page, int *value)
{
	(void)page, (void)value;
	no_guest();
}

int kvm_punch(uint64_t page, uint64_t count)
{
	(void)page, (void)count;
	no_guest();
}
