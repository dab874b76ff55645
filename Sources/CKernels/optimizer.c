#include "fast.h"
#include "kernels.h"

#pragma clang fp reassociate(on) contract(fast)

FAST void kernel_adamw_step(float *restrict weights, float *restrict first_moment,
                            float *restrict second_moment, float *restrict gradients,
                            kernel_adamw settings, size_t count) {
  for (size_t i = 0; i < count; i++) {
    float g = gradients[i] * settings.gradient_scale;
    float m = settings.beta1 * first_moment[i] + settings.rest1 * g;
    float v = settings.beta2 * second_moment[i] + settings.rest2 * g * g;
    first_moment[i] = m;
    second_moment[i] = v;
    /* The builtin, since sqrtf would set errno and keep the loop from being vectorized. */
    float denominator = __builtin_elementwise_sqrt(v) * settings.root + settings.epsilon;
    weights[i] = weights[i] * settings.keep - settings.step * m / denominator;
    gradients[i] = 0;
  }
}
