/* <residual_2d/residual_2d.h>, for projects that name folders. SPDX-License-Identifier: 0BSD */
#include "../residual_2d.h"
