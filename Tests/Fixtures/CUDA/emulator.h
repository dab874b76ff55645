/* emulator.h - what the parts of the emulated libraries know of each other. */
#pragma once
#include <dlfcn.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define API extern "C" __attribute__((visibility("default")))

/* Makes the device's memory accessible, for one caller at a time. */
void open_memory();
void close_memory();

/* The directory of the emulated library. */
const char *library_directory();
