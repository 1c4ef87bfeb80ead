/* <squeeze_excite_2d/squeeze_excite_2d.h>, for projects that name folders. SPDX-License-Identifier: 0BSD */
#include "../squeeze_excite_2d.h"
