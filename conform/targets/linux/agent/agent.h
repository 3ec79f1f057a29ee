/*
 * The agent: init of a small guest. It carries out the requests of docs/protocol.md with the kernel's own ioctls, and with
 * QEMU's `edu` devices as DMA engines.
 */
#ifndef AGENT_H
#define AGENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PAGE 4096ull
#define SCRATCH_PAGES 2
#define MAX_DEVICES 8
#define MAX_PAGES 4096

/* main.c */
struct boot {
	char interface[16];
	/* What the shared pages are: `memfd`, or `guest-memfd`. */
	char backing[16];
	char version[80];
};
/* Something is wrong that no call is to blame for: the host sees it on the console, and the machine ends. */
_Noreturn void die(const char *format, ...);

/* boot.c: what an init does first. */
void boot_system(void);

/* stray.c */
/* Writes to free memory that the kernel has complained of since the last call. */
long long stray_writes(void);

/* files.c */
int write_file(const char *path, const char *text);
/* Reads a small file as a string, without its last newline; an empty one if there is none. */
char *read_file(const char *path, char *buffer, size_t size);

/* lines.c: the fields of a request, and the parts of a reply. */
long long number_of(const char *line, const char *field);
bool word_of(const char *line, const char *field, char *word, size_t size);
void lines_open(int fd);
char *next_line(void);
/* Reads so many requests ahead, so that none is waited for when its turn comes. */
void lines_ahead(int count);
void reply_begin(long long id, int error);
void reply_number(const char *field, long long value);
void reply_word(const char *field, const char *value);
void reply_end(void);
void lines_flush(void);

/* devices.c */

struct device {
	const char *address;
	int group_fd, fd;
	uint32_t id; /* in the iommufd */
	volatile uint8_t *bar; /* its registers, once it is ready for DMA */
	size_t bar_size;
};
extern struct device devices[MAX_DEVICES];
extern int device_count;
/* The text stays the caller's, for as long as there are devices. */
void add_device(const char *address);
/* Binds the `edu` devices to a driver, and tells the address of each. */
void bind_devices(const char *driver, void (*found)(const char *address));
void sysfs_ready(struct device *device);
void vfio_ready(struct device *device);
void devices_ready(int count);
void devices_close(void);

/* edu.c */
/*
 * One transfer between the device's own buffer and an I/O virtual address; returns when it has ended. QEMU ends the machine at one
 * that reaches the buffer's last byte.
 */
void device_store(struct device *device, size_t from, uint64_t iova, size_t size);
void device_load(struct device *device, uint64_t iova, size_t to, size_t size);
/* The same as a store, but it returns when the transfer has begun. */
void device_begin_store(struct device *device, size_t from, uint64_t iova, size_t size);
bool device_is_busy(struct device *device);

/* ranges.c */

/* Bytes of a page of the protocol: 4096, but for a page table. Where page 0 is, and where devices reach the scratch pages. */
extern uint64_t page_size, first_iova, scratch_iova;

struct range {
	uint64_t iova, length;
};
/* Where a page's value is, from where page 0 begins. */
uint64_t offset_of(uint64_t page);
uint64_t iova_of(uint64_t page);
struct range range_of(uint64_t page, uint64_t count);
/* The same with a flaw. */
struct range misaligned(struct range range);
struct range wrapping(struct range range);
struct range outside(struct range range);
struct range empty(struct range range);
bool is_amd_vi(void);

/* Where in a file a mapping begins. */
struct place {
	int fd;
	uint64_t start;
};
#define NO_ENTRY_LIMIT 65535

/* container.c: what an interface makes of the calls on a container; those that fail return an errno, else 0. */
struct interface {
	const char *name;
	/* With the first so many devices in it. */
	void (*open)(int count);
	/* Also if none is open. */
	void (*close)(void);
	/* Lets a device of an open container do DMA. */
	void (*ready)(struct device *device);
	int (*map)(struct range range, void *memory, int permissions);
	int (*unmap)(struct range range, uint64_t *unmapped);
	int (*unmap_all)(uint64_t *unmapped);
	int (*map_file)(struct range range, struct place place, int permissions);
	/* Entries of the limit that are not used up, or -1 if the interface does not tell. */
	long long (*entries_left)(void);
	/* Pages that count as locked. */
	long long (*locked)(void);
	/* The scratch pages, and how all devices get them. */
	uint8_t *(*scratch)(void);
	int (*map_scratch)(struct range range, void *memory);
};
bool is_type1(const char *interface);
bool replaces(const char *interface);
bool maps_files(const char *interface);
bool is_table(const char *interface);
/* Which interface the calls below are about. */
void container_use(const char *interface);
void container_open(int count);
void container_close(void);
void container_ready(struct device *device);
int container_map(struct range range, void *memory, int permissions);
int container_map_file(struct range range, struct place place, int permissions);
int container_unmap(struct range range, uint64_t *unmapped);
int container_unmap_all(uint64_t *unmapped);
long long container_entries_left(void);
long long container_locked(void);
uint8_t *container_scratch(void);
int container_map_scratch(struct range range, void *memory);

/* type1.c: type1, type1v2, and as iommufd emulates them. */
void type1_open(int count);
void type1v2_open(int count);
void compat_open(int count);
void vfio_close(void);
void limit_entries(long long limit);
int vfio_map(struct range range, void *memory, int permissions);
int vfio_unmap(struct range range, uint64_t *unmapped);
int vfio_unmap_all(uint64_t *unmapped);
long long vfio_entries_left(void);

/* iommufd.c */
extern int iommufd;
extern uint32_t first_ioas;
uint32_t new_ioas(int fd);
int ioas_map(uint32_t ioas, struct range range, void *memory, int permissions);
int ioas_copy(uint32_t from, uint32_t to, struct range range, int permissions);
int ioas_unmap(uint32_t ioas, struct range range, uint64_t *unmapped);
void iommufd_attach(struct device *device, uint32_t page_table);
void iommufd_open(int count);
void iommufd_close(void);
int iommufd_map(struct range range, void *memory, int permissions);
int iommufd_map_file(struct range range, struct place place, int permissions);
int iommufd_unmap(struct range range, uint64_t *unmapped);
int iommufd_unmap_all(uint64_t *unmapped);

/* replace.c: an iommufd where each map and unmap moves the devices to another address space. */
void replace_open(int count);
int replace_map(struct range range, void *memory, int permissions);
int replace_unmap(struct range range, uint64_t *unmapped);
int replace_unmap_all(uint64_t *unmapped);

/* table.c: the interface `page-table`. */
#define TABLE_PAGES 16
#define TABLE_SUPERPAGES "4 8 16"
#define TABLE_SUPERPAGE 4
#define TABLE_DOMAINS 2
uint8_t *table_memory(void);
uint8_t *table_scratch(void);
void table_open(int count);
void table_close(void);
/* Which domain the calls below are about; the first, after a reset. */
void table_use(int domain);
int table_map(struct range range, void *first, int permissions);
int table_map_scratch(struct range range, void *memory);
int table_unmap(struct range range, uint64_t *unmapped);
int table_attach(int device, bool replaces);
int table_detach(int device);
void table_layout(int superpage);

/* guest-memfd.c */
/* A new guest_memfd that starts shared and may be mapped, or -1 if this kernel has none. */
int make_guest_memfd(uint64_t pages);
/* One that is mapped and filled, of at least so many pages; or -1. */
int filled_guest_memfd(uint64_t pages);
struct place place_in_guest_memfd(uint64_t page);

/* memory.c */
extern uint8_t *backing;
extern int backing_fd;
extern int backing_pages;
int new_memfd(int pages);
/* With nothing in it; pages and their frames come with the fill. */
void backing_open(int pages, int fd);
void backing_fill(void);
/* Also if none is open. */
void backing_close(void);
/* The backing is the page table's memory, zeroed. */
void backing_of_table(int pages);
int punch(int fd, uint64_t page, uint64_t count);
int punch_backing(uint64_t page, uint64_t count);
/* Whether a page of the backing has a frame. */
bool backing_has(uint64_t page);
/* A page's first bytes, without filling a hole in the backing. */
void backing_peek(uint64_t page, uint8_t *bytes, size_t size);
/* 0 to 255, or -1 if the bytes differ. */
int value_of(const uint8_t *bytes);
void *memory_of(uint64_t page);
/* Other addresses of the same memory, but for the last page, where nothing is mapped. They hold until the next such call. */
void *memory_but_last(uint64_t page, uint64_t count);
struct place place_of(uint64_t page);
struct place place_behind(void);

/* frames.c: frames that were punched out of pages, and that devices may still reach. */
void frames_forget(void);
int punch_noted(uint64_t page, uint64_t count);
/* Whether the page's frame, or one that it had, begins with 16 times the byte. */
bool frames_hold(uint64_t page, uint8_t value);

/* limits.c */
/* Pages; LLONG_MAX for none. Also takes CAP_IPC_LOCK away, or gives it back. */
void set_memlock(long long pages);
/* Moves the limit, if there is one. */
void raise_memlock(long long pages);

/* counters.c */
/* Pins on all pages of the system, and its frames of IOMMU tables. */
long long pinned_pages(void);
long long table_frames(void);
/* Pages of this process. */
long long locked_memory(void);
long long pinned_memory(void);
long long no_entries(void);

/* cost.c: what the scratch pages cost beside what the calls of a sequence do. */
struct cost {
	long long pins, locked, entries;
};
extern struct cost scratch_cost;
/* What changes between these two is the scratch pages' doing. */
void cost_begin(void);
void cost_end(void);
void cost_forget(void);

/* observe.c */
void pins_note_before(void);
void pins_note(void);
long long pins_now(void);
long long pins_left(void);
void locked_note_before(void);
void locked_note(void);
long long locked_now(void);
long long locked_left(void);
void tables_note_before(void);
long long tables_left(void);
void entries_note(void);
long long entries_now(void);
void faults_note(void);
bool faults_now(void);
/* So many pages over what was locked before the reset. */
void limit_memlock(long long pages);

/* scratch.c */
extern uint8_t *scratch_pages;
uint8_t *new_scratch(void);
int map_scratch_once(struct range range, void *memory);
void scratch_open(void);
/* A container was opened. `stays`: it gets the scratch pages now, and keeps them. */
void scratch_reset(bool stays);
/* Maps the scratch pages, if they are not mapped; and unmaps them, unless they stay. */
void scratch_need(void);
void scratch_leave(void);
/* They went with everything else: with the container, or by an unmap of all. */
void scratch_gone(void);
/* After a leave the container was closed. */
void scratch_closed(void);
/* Gives a device that was blocked what its buffer held before. */
void scratch_refill(struct device *device);

int unmap_all_but_scratch(uint64_t *unmapped);
/* Where the device's own buffer has 16 times the byte; of the byte 0 only 15 can be stored at a time. */
size_t slot_of(uint8_t value);
/* Where a device may write at any time. */
uint64_t iova_of_scratch(void);

/* dma.c */

enum result { DONE, BLOCKED };
const char *result_name(enum result result);
/* Bytes behind a page's value. */
#define SIGNATURE 16
/* What tells a read of zeroes from a read that was blocked; to be called whenever pages may have got new frames. */
void sign_pages(uint64_t page, uint64_t count);
/* Two ways to see whether a write arrives: with faults, and without. */
bool marks_arrive(struct device *device, uint64_t page);
bool mark_shows(struct device *device, uint64_t page);
/* Whether the pages' frames are those of the kernel module, and stay. */
extern bool frames_stay;
bool mark_is_seen(struct device *device, uint64_t page);
enum result dma_write(struct device *device, uint64_t page, uint8_t value);
enum result dma_read(struct device *device, uint64_t page, int *value);

/* race.c: writes that take place while other calls are made. */
/* What the device writes under an unmap: the value that the model knows. */
#define UNDER_UNMAP 90
void race_reset(void);
void race_arm(struct device *device, uint64_t page, uint8_t value);
/* Begins all armed writes; returns so many microseconds before they take place. */
void race_begin(long long before);
/* Whether the page holds the value, once the write is over; `when`: before, during or after the calls in between. */
enum result race_end(struct device *device, const char **when);

/* faults.c */
void interrupt_open(void);
long long interrupt_count(void);
long long no_faults(void);

/* unit.c: by the kind of IOMMU. */
/* Whether a fault shows at all. */
bool faults_are_told(void);
void faults_open(void);
/* Fault events that the IOMMU has raised since the machine started; 0 where they are not told. */
long long fault_count(void);
/* Whether a device reaches the page by a write, of which marks are left in it. */
bool write_arrives(struct device *device, uint64_t page);
/* A hole in the backing. */
int backing_punch(uint64_t page, uint64_t count);

/* kvm.c: calls return 0 or an errno. */
bool kvm_there(void);
void kvm_open(void);
void kvm_close(void);
int kvm_attributes(uint64_t page, uint64_t count, bool private);
int kvm_convert(uint64_t page, uint64_t count, bool private);
int kvm_guest_write(uint64_t page, uint8_t value);
int kvm_guest_read(uint64_t page, int *value);
int kvm_punch(uint64_t page, uint64_t count);

/* calls.c */
void answer(const struct boot *boot, const char *line);

#endif
