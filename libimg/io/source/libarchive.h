/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * libarchive, loaded when the first archive is opened: it depends on libxml2, ICU and libstdc++, and
 * starting with these takes longer than everything else that is needed to show a small image. See
 * base/library.h for how its functions are called.
 */
#ifndef LIBIMG_IO_SOURCE_LIBARCHIVE_H
#define LIBIMG_IO_SOURCE_LIBARCHIVE_H

#include <archive.h>
#include <archive_entry.h>

#include "base/library.h"

#define LIBARCHIVE_FUNCTIONS(FUNCTION)                                                             \
	FUNCTION(archive_entry_clone)                                                              \
	FUNCTION(archive_entry_copy_pathname)                                                      \
	FUNCTION(archive_entry_copy_sourcepath)                                                    \
	FUNCTION(archive_entry_filetype)                                                           \
	FUNCTION(archive_entry_free)                                                               \
	FUNCTION(archive_entry_hardlink)                                                           \
	FUNCTION(archive_entry_is_encrypted)                                                       \
	FUNCTION(archive_entry_new)                                                                \
	FUNCTION(archive_entry_pathname)                                                           \
	FUNCTION(archive_entry_set_filetype)                                                       \
	FUNCTION(archive_entry_set_size)                                                           \
	FUNCTION(archive_entry_size)                                                               \
	FUNCTION(archive_entry_size_is_set)                                                        \
	FUNCTION(archive_entry_sparse_clear)                                                       \
	FUNCTION(archive_entry_symlink)                                                            \
	FUNCTION(archive_entry_unset_atime)                                                        \
	FUNCTION(archive_errno)                                                                    \
	FUNCTION(archive_error_string)                                                             \
	FUNCTION(archive_format)                                                                   \
	FUNCTION(archive_format_name)                                                              \
	FUNCTION(archive_read_data_block)                                                          \
	FUNCTION(archive_read_disk_entry_from_file)                                                \
	FUNCTION(archive_read_disk_new)                                                            \
	FUNCTION(archive_read_disk_set_standard_lookup)                                            \
	FUNCTION(archive_read_disk_set_symlink_physical)                                           \
	FUNCTION(archive_read_free)                                                                \
	FUNCTION(archive_read_header_position)                                                     \
	FUNCTION(archive_read_new)                                                                 \
	FUNCTION(archive_read_next_header)                                                         \
	FUNCTION(archive_read_open1)                                                               \
	FUNCTION(archive_read_set_callback_data)                                                   \
	FUNCTION(archive_read_set_format_option)                                                   \
	FUNCTION(archive_read_set_read_callback)                                                   \
	FUNCTION(archive_read_set_seek_callback)                                                   \
	FUNCTION(archive_read_set_skip_callback)                                                   \
	FUNCTION(archive_read_support_format_tar)                                                  \
	FUNCTION(archive_read_support_format_zip)                                                  \
	FUNCTION(archive_set_error)                                                                \
	FUNCTION(archive_write_add_filter_bzip2)                                                   \
	FUNCTION(archive_write_add_filter_gzip)                                                    \
	FUNCTION(archive_write_add_filter_xz)                                                      \
	FUNCTION(archive_write_close)                                                              \
	FUNCTION(archive_write_data)                                                               \
	FUNCTION(archive_write_finish_entry)                                                       \
	FUNCTION(archive_write_free)                                                               \
	FUNCTION(archive_write_header)                                                             \
	FUNCTION(archive_write_new)                                                                \
	FUNCTION(archive_write_open)                                                               \
	FUNCTION(archive_write_set_bytes_in_last_block)                                            \
	FUNCTION(archive_write_set_bytes_per_block)                                                \
	FUNCTION(archive_write_set_filter_option)                                                  \
	FUNCTION(archive_write_set_format)                                                         \
	FUNCTION(archive_write_set_format_option)                                                  \
	FUNCTION(archive_write_set_format_raw)

LIBARCHIVE_FUNCTIONS(LIBRARY_DECLARE_FUNCTION)

/* As library_load(). */
int libarchive_load(struct pimg_error *error);

#endif
