/* <concat_1d/concat_1d.h>, for projects that name folders. SPDX-License-Identifier: 0BSD */
#include "../concat_1d.h"
