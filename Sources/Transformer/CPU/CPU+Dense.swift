import CKernels

/// Dense layers, each with what follows it.
extension CPU {
  public func dense(_ out: Matrix, _ x: Matrix, weight: Matrix, bias: Floats) {
    product(x, weight.transposed, into: out, adding: false, bias: bias)
  }

  public func denseGELU(_ out: Floats, pre: Matrix, _ x: Matrix, weight: Matrix, bias: Floats) {
    let columns = pre.columns
    product(x, weight.transposed, into: pre, adding: false, bias: bias) { first, count in
      kernel_gelu_forward(out + first * columns, pre.start + first * columns, count * columns)
    }
  }

  public func denseResidualNormalize(
    _ out: Floats, sum: Matrix, _ x: Matrix, weight: Matrix, bias: Floats, residual: Floats,
    norm: Normalization, dropout: DropoutSite
  ) {
    let site = kernel(dropout)
    let hidden = sum.columns
    product(x, weight.transposed, into: sum, adding: false, bias: bias) { first, count in
      let offset = first * hidden
      kernel_residual_normalize_forward(
        out + offset, norm.mean + first, norm.inverse + first, sum.start + offset,
        residual + offset, norm.weight, norm.bias, norm.epsilon, site,
        UInt32(truncatingIfNeeded: dropout.first + offset), count, hidden)
    }
  }

  public func denseBackward(_ dX: Matrix, _ d: Matrix, weight: Matrix, adding: Bool) {
    product(d, weight, into: dX, adding: adding)
  }

  public func denseBackwardGELU(_ dPre: Matrix, _ d: Matrix, weight: Matrix, pre: Floats) {
    let columns = dPre.columns
    product(d, weight, into: dPre, adding: false) { first, count in
      kernel_gelu_backward(dPre.start + first * columns, pre + first * columns, count * columns)
    }
  }

  public func denseGradient(weight: Matrix, bias: Floats, _ d: Matrix, _ x: Matrix) {
    product(d.transposed, x, into: weight, adding: true, sums: bias)
  }
}
